/**
 * `agent/demo`: a VM's life in a mesh, on one machine and in one process.
 *
 * `bookinfo` holds the objects, `application` is what the VM runs, `outside_world` stands for the VM's own resolver.
 * `story` tells what must be seen from start to stop, step by step, on a `Stage`: `demo` sets one up on the API server of
 * `registry/server`, and the tests on a real one too. `story_agent` runs the agent and looks at it from outside only,
 * `other_client` is whoever else works with the cluster. `stay` is the demo for people, who look themselves.
 */
export { DemoApplication } from "./application.ts";
export { demoConfig, runDemo } from "./demo.ts";
export { OtherClient } from "./other_client.ts";
export { OutsideWorld } from "./outside_world.ts";
export { type Stage, tellStory } from "./story.ts";
export { StoryAgent } from "./story_agent.ts";
