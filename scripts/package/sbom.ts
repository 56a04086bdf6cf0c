/** A package that is inside the binary. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** As deno.lock has it: `sha512-<base64>`. */
  readonly integrity?: string | undefined;
  readonly license?: string | undefined;
}

function hexOf(base64: string): string {
  return Array.from(atob(base64), (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

/** A CycloneDX 1.5 document: the program, Deno's runtime, and the npm packages that the program's imports reach. */
export function sbom(
  program: { readonly version: string; readonly deno: string; readonly timestamp: string },
  packages: readonly Component[],
): unknown {
  const runtime = {
    type: "framework",
    name: "deno",
    version: program.deno,
    licenses: [{ license: { id: "MIT" } }],
    purl: `pkg:github/denoland/deno@v${program.deno}`,
    "bom-ref": `deno@${program.deno}`,
  };
  const components = packages.map(({ name, version, integrity, license }) => {
    const sha512 = integrity?.startsWith("sha512-") ? hexOf(integrity.slice("sha512-".length)) : undefined;
    return {
      type: "library",
      name,
      version,
      "bom-ref": `${name}@${version}`,
      purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
      ...(license ? { licenses: [{ license: { id: license } }] } : {}),
      ...(sha512 ? { hashes: [{ alg: "SHA-512", content: sha512 }] } : {}),
    };
  });
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      timestamp: program.timestamp,
      component: {
        type: "application",
        name: "moorline",
        version: program.version,
        "bom-ref": `moorline@${program.version}`,
        licenses: [{ license: { id: "Apache-2.0" } }],
      },
    },
    components: [runtime, ...components],
  };
}
