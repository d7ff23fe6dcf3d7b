import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A network between two ends that can stop carrying anything, without either end being told. */
export class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isFrozen = false;

  /** A wire whose other end is `address`; callers connect to the wire's own. */
  static async to(address: string): Promise<Wire> {
    const wire = new Wire(address);
    wire.#server.listen(0, "127.0.0.1");
    await once(wire.#server, "listening");
    return wire;
  }

  private constructor(address: string) {
    const [host, port] = address.split(":");
    this.#server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ host: host ?? "", port: Number(port), allowHalfOpen: true });
      this.#join(near, far);
      this.#join(far, near);
    });
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  /** Carries again; what was sent in between is lost, as are the connections that it was sent on. */
  thaw(): void {
    this.#isFrozen = false;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on("data", (chunk) => {
      if (!this.#isFrozen) to.write(chunk);
    });
    from.on("end", () => {
      if (!this.#isFrozen) to.end();
    });
    from.on("error", () => undefined);
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
