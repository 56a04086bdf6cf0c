/**
 * The effective group that root's agent gives itself where DNS is captured: the kernel tells its sockets from those of
 * root's other programs by it. A user of its own needs none.
 */

/** The agent's default port as a number that no distribution gives out (system groups end at 999, people's begin at 1000). */
export const AGENT_GROUP = 15053;

/**
 * Takes the group for all threads (glibc's setegid broadcasts; the bare system call would not).
 *
 * @throws Error with one sentence when the system refuses.
 */
export function takeAgentGroup(): void {
  const library = Deno.dlopen("libc.so.6", { setegid: { parameters: ["u32"], result: "i32" } });
  const result = library.symbols.setegid(AGENT_GROUP);
  library.close();
  if (result !== 0) {
    throw new Error(`setegid(${AGENT_GROUP}) was refused: without CAP_SETGID run the agent as a user of its own`);
  }
}
