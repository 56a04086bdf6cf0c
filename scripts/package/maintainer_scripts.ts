/**
 * What dpkg runs around the files of the package (Debian Policy 6.5). An upgrade restarts the agent, which keeps its
 * entry in the mesh because `keep` is there; removing the package stops it, which takes the entry out; purging forgets
 * configuration and state. Without systemd as process 1 (a container, an image being made) nothing is started.
 */
export const MAINTAINER_SCRIPTS: Readonly<Record<string, string>> = {
  postinst: `#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
systemd-sysusers moorline.conf
if [ -z "$2" ]; then systemctl enable --quiet moorline.service; fi
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
# It runs only where /etc/moorline/moorline.yaml is; an upgrade restarts what was running.
if [ -z "$2" ]; then systemctl start moorline.service; else systemctl try-restart moorline.service; fi
`,
  prerm: `#!/bin/sh
set -e
[ -d /run/systemd/system ] || exit 0
case $1 in
  upgrade) if [ -d /run/moorline ]; then touch /run/moorline/keep; fi ;;
  remove) systemctl disable --quiet --now moorline.service ;;
esac
`,
  postrm: `#!/bin/sh
set -e
if [ "$1" = purge ]; then rm -rf /etc/moorline /var/lib/moorline; fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
`,
};
