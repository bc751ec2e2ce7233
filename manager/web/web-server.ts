// The small HTTP server of `hawser web`: three files, a login, and three kinds of WebSockets. On loopback alone. Owns the socket,
// the connections and the channels; borrows the client.
// Always true: nothing is answered that access.ts has not let pass; every channel ends with the server.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { Code, HawserError, messageOf } from "../../proto/errors.ts";
import type { Client } from "../client/client.ts";
import { type AccessRules, cookieValueOf, isSame, LOGIN_PATH, type Refusal, refusalOf } from "./access.ts";
import { serveLog } from "./log-channel.ts";
import { isPagePath, readPageFile, SECURITY_HEADERS } from "./page-files.ts";
import { serveStates } from "./state-channel.ts";
import { serveTerminal } from "./terminal-channel.ts";
import { MAX_PAGE_MESSAGE_BYTES } from "./wire.ts";

/** What a server is made of. */
export interface WebServerOptions {
  readonly client: Client;
  /** An address of the loopback interface. */
  readonly host: "127.0.0.1" | "::1";
  /** 0: any that is free. */
  readonly port: number;
  readonly token: string;
  /** Where the files of the page are. */
  readonly pageDir: string;
}

/** Connections at a time; one more is closed at once. */
const MAX_CONNECTIONS = 256;
/** WebSockets at a time; one more is told 503. */
const MAX_CHANNELS = 64;
/** A token is much shorter. Bytes. */
const MAX_LOGIN_BYTES = 1_024;
/** Ten years: the cookie is worth nothing once the token is another. Seconds. */
const COOKIE_AGE_S = 315_360_000;

/** The server. */
export class WebServer implements AsyncDisposable {
  readonly #options: WebServerOptions;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAGE_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  readonly #ending = new AbortController();
  readonly #channels = new Set<Promise<void>>();
  #rules: AccessRules | undefined;

  private constructor(options: WebServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    // A client that speaks no HTTP.
    this.#server.on("clientError", (_error, socket) => socket.destroy());
  }

  /** Begins to listen. Throws FailedPrecondition when the port is taken. */
  static async listen(options: WebServerOptions): Promise<WebServer> {
    const web = new WebServer(options);
    const { host, port } = options;
    try {
      web.#server.listen(port, host);
      await once(web.#server, "listening");
    } catch (cause) {
      const message = `listen at ${authority(host, port)}: ${messageOf(cause)}; name another port with --listen`;
      throw new HawserError(Code.FailedPrecondition, message, { cause });
    }
    web.#rules = rulesOf(host, web.port, options.token);
    return web;
  }

  /** The port that it listens at. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where the page is, with the token behind the "#": it is not sent in any request. */
  get url(): string {
    return `http://${authority(this.#options.host, this.port)}/#token=${this.#options.token}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { path } = placeOf(request);
      const refusal = this.#refusalOf(request, path, false);
      if (refusal !== undefined) return refuse(response, refusal);
      if (path === LOGIN_PATH) return await this.#login(request, response);
      // Tells a page whether its cookie is good.
      if (path === "/session") return void response.writeHead(204, SECURITY_HEADERS).end();
      const file = await readPageFile(this.#options.pageDir, path);
      if (file === undefined) return answer(response, 404, "there is no such page");
      response.writeHead(200, { ...SECURITY_HEADERS, "Content-Type": file.type }).end(file.bytes);
    } catch (caught) {
      answer(response, 500, HawserError.from(caught).message);
    }
  }

  async #login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = request.method === "POST" ? await bodyOf(request) : undefined;
    if (!isSame(token, this.#options.token)) return answer(response, 403, "the token is another one");
    const { cookieName, cookieValue } = this.#rules as AccessRules;
    const cookie = `${cookieName}=${cookieValue}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${COOKIE_AGE_S}`;
    response.writeHead(204, { ...SECURITY_HEADERS, "Set-Cookie": cookie }).end();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const { path, query } = placeOf(request);
    const serve = this.#channelOf(path, query);
    const refusal = this.#refusalOf(request, path, true) ?? this.#upgradeRefusal(serve !== undefined);
    if (refusal !== undefined || serve === undefined) {
      hangUp(socket, refusal?.status ?? 404, refusal?.reason ?? "");
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const channel = serve(webSocket).finally(() => this.#channels.delete(channel));
      this.#channels.add(channel);
    });
  }

  #upgradeRefusal(isKnown: boolean): { status: number; reason: string } | undefined {
    if (!isKnown) return { status: 404, reason: "there is no such channel" };
    if (this.#channels.size < MAX_CHANNELS) return undefined;
    return { status: 503, reason: `${MAX_CHANNELS} channels are open already` };
  }

  #channelOf(path: string, query: URLSearchParams): ((socket: WebSocket) => Promise<void>) | undefined {
    const { client } = this.#options;
    const { signal } = this.#ending;
    const containerId = query.get("container") ?? "";
    const offset = numberOf(query.get("offset"));
    switch (path) {
      case "/states":
        return (socket) => serveStates(socket, client, numberOf(query.get("after")), signal);
      case "/terminal": {
        const execId = query.get("exec") ?? "";
        const isReadOnly = query.get("readOnly") === "1";
        return (socket) => serveTerminal(socket, client, { containerId, execId, offset, isReadOnly }, signal);
      }
      case "/log":
        return (socket) => serveLog(socket, client, { containerId, offset }, signal);
      default:
        return undefined;
    }
  }

  #refusalOf(request: IncomingMessage, path: string, isUpgrade: boolean): Refusal | undefined {
    const { method = "", headers } = request;
    const fetchSite = headers["sec-fetch-site"];
    return refusalOf(
      {
        ...{ method, path, isUpgrade, host: headers.host, origin: headers.origin, cookie: headers.cookie },
        fetchSite: Array.isArray(fetchSite) ? fetchSite[0] : fetchSite,
      },
      this.#rules as AccessRules,
    );
  }

  /** Ends all channels and stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new HawserError(Code.Unavailable, "hawser web is stopping"));
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    while (this.#channels.size > 0) await Promise.all(this.#channels);
    this.#sockets.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function rulesOf(host: string, port: number, token: string): AccessRules {
  return {
    hosts: new Set([authority(host, port), `localhost:${port}`]),
    // Cookies of one host go to all its ports: another `hawser web` has another name.
    cookieName: `hawser-web-${port}`,
    cookieValue: cookieValueOf(token),
    isPublic: isPagePath,
  };
}

function authority(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function placeOf(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
  return { path, query: new URLSearchParams(query) };
}

function numberOf(text: string | null): bigint | undefined {
  return text !== null && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
    if (body.length > MAX_LOGIN_BYTES) return undefined;
  }
  return body;
}

function refuse(response: ServerResponse, { status, reason }: Refusal): void {
  answer(response, status, reason);
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.destroy();
  const headers = { ...SECURITY_HEADERS, "Content-Type": "text/plain; charset=utf-8", Connection: "close" };
  response.writeHead(status, headers).end(`${text}\n`);
}

function hangUp(socket: Duplex, status: number, reason: string): void {
  const body = `${reason}\n`;
  const head = `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: text/plain\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => socket.destroy());
}
