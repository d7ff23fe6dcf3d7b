// One of the two that a three-way append waits for: a process with a file of its own. Each message on its
// one TCP connection is appended and made durable, then answered with one byte.
import { type AddressInfo, createServer } from "node:net";
import { AppendFile } from "./disk-append.ts";

const [path = "", size = "0"] = process.argv.slice(2);
const messageBytes = Number(size);
const file = new AppendFile(path, "zeros", messageBytes);
const answer = Buffer.from([1]);

const server = createServer((socket) => {
  let pendingBytes = 0;
  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    pendingBytes += chunk.length;
    for (; pendingBytes >= messageBytes; pendingBytes -= messageBytes) {
      file.append();
      socket.write(answer);
    }
  });
  // Whoever asked has ended, orderly or not.
  socket.on("error", () => {});
  socket.on("close", () => process.exit(0));
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
