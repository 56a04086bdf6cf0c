import { suite } from "uvu";
import { parseConversation } from "./conversation.ts";
import { playConversation } from "./conversation_player.ts";

const folder = new URL("./conversations/", import.meta.url);
const test = suite("conversations");

const files = Array.from(Deno.readDirSync(folder), (entry) => entry.name).filter((name) => name.endsWith(".txt"))
  .sort();
for (const file of files) {
  test(file.replace(/\.txt$/, "").replaceAll("_", " "), async () => {
    await playConversation(parseConversation(Deno.readTextFileSync(new URL(file, folder))));
  });
}

test.run();
