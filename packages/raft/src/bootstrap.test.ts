import { expect, test } from "vitest";
import { bootstrapLog } from "./bootstrap.ts";
import { Member } from "./testing/member.ts";
import { encodeText } from "./testing/text.ts";

test("a group founded by its first entry survives a power failure at any moment of its first election", () => {
  for (let readysCount = 0; readysCount < 5; readysCount += 1) {
    const bootstrap = bootstrapLog([encodeText("add-node 1")]);
    const member = new Member({ id: "1", voters: [], bootstrap, prng: () => 0 });
    workOff(member, readysCount);
    member.crash();
    member.start();
    workOff(member, 100);
    expect(member.node.status()).toMatchObject({ role: "leader", voters: ["1"] });
    expect(member.storage.entries(1, 2, 1_000)).toEqual(bootstrap.entries);
  }
});

/** A host that applies what it finds and campaigns whenever it is idle. */
function workOff(member: Member, readysMax: number): void {
  for (let count = 0; count < readysMax; count += 1) {
    if (!member.node.hasReady()) member.node.campaign();
    if (!member.node.hasReady()) return;
    member.take();
    member.finish();
  }
}
