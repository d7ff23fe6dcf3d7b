// What three managers cannot do without, and nothing else: the bytes go to two other processes over
// loopback TCP, each of the three appends them to a preallocated file of its own and calls fdatasync, and
// it is done when a majority has, which is this process and whichever of the others is first.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { AppendFile } from "./disk-append.ts";

const peers = 2;

export class ThreeWayAppend {
  readonly #file: AppendFile;
  readonly #message: Buffer;
  readonly #processes: ChildProcess[] = [];
  readonly #sockets: Socket[] = [];
  /** Answers of each peer so far: one that is late must not count for the next append. */
  readonly #answers: number[] = [];
  #appends = 0;
  #answered = (): void => {};

  private constructor(directory: string, appendBytes: number) {
    this.#file = new AppendFile(join(directory, "append-0"), "zeros", appendBytes);
    this.#message = Buffer.alloc(appendBytes, 0x5a);
  }

  static async start(directory: string, appendBytes: number): Promise<ThreeWayAppend> {
    const append = new ThreeWayAppend(directory, appendBytes);
    for (let number = 1; number <= peers; number += 1) {
      await append.#startPeer(join(directory, `append-${number}`));
    }
    return append;
  }

  /** Milliseconds until a majority has the bytes on disk. */
  async append(): Promise<number> {
    this.#appends += 1;
    const wanted = this.#appends;
    const isAnswered = (): boolean => this.#answers.some((count) => count >= wanted);
    const start = performance.now();
    for (const socket of this.#sockets) socket.write(this.#message);
    this.#file.append();
    if (!isAnswered()) {
      await new Promise<void>((done) => {
        this.#answered = () => {
          if (isAnswered()) done();
        };
      });
    }
    return performance.now() - start;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    for (const child of this.#processes) child.kill();
    this.#file.close();
  }

  async #startPeer(path: string): Promise<void> {
    const program = join(import.meta.dirname, "append-peer.ts");
    const child = spawn(process.execPath, [program, path, String(this.#message.length)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#processes.push(child);
    const [line] = await once(child.stdout, "data");
    const socket = connect(Number(String(line)), "127.0.0.1");
    const number = this.#sockets.push(socket) - 1;
    this.#answers.push(0);
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#answers[number] = (this.#answers[number] ?? 0) + chunk.length;
      this.#answered();
    });
    await once(socket, "connect");
  }
}
