// The three files of /etc that belong to a container's place in the network and not to its image: hosts, hostname and
// resolv.conf. Their texts are made here, purely; writing them and mounting them is two more functions. They are files of the
// container's own, so that a program may write them.
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDirectories } from "../../sys/directory.ts";
import type { OciMount } from "./spec.ts";

/** A line of /etc/hosts (`--add-host name:address`). */
export interface HostEntry {
  readonly name: string;
  readonly address: string;
}

/** What the files say. */
export interface EtcFiles {
  readonly hosts: string;
  readonly hostname: string;
  readonly resolvConf: string;
}

/** What they depend on. */
export interface EtcCircumstances {
  readonly hostname: string;
  readonly hasHostNetwork: boolean;
  readonly extraHosts?: readonly HostEntry[];
  readonly nameservers?: readonly string[];
  readonly searchDomains?: readonly string[];
  readonly resolverOptions?: readonly string[];
  /** The host's own files; empty where it has none. */
  readonly hostHosts: string;
  readonly hostResolvConf: string;
}

/** Most that is taken of a file of the host's. */
const MAX_BYTES = 1024 * 1024;

const LOCAL_HOSTS = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/**
 * Writes the three texts. On the host's network it is the host's /etc/hosts. With a network of its own the container's name
 * is a loopback address, which is all there is until something gives it another, and name servers on a loopback address
 * are left out: that loopback is not the container's.
 */
export function etcFiles(about: EtcCircumstances): EtcFiles {
  const base = about.hasHostNetwork && about.hostHosts !== "" ? endLine(about.hostHosts) : LOCAL_HOSTS;
  const own = about.hasHostNetwork ? [] : [`127.0.1.1\t${about.hostname}`];
  const extra = (about.extraHosts ?? []).map(({ name, address }) => `${address}\t${name}`);
  return {
    hosts: base + [...own, ...extra].map((line) => `${line}\n`).join(""),
    hostname: `${about.hostname}\n`,
    resolvConf: resolvConf(about),
  };
}

function resolvConf(about: EtcCircumstances): string {
  const { nameservers = [], searchDomains = [], resolverOptions = [] } = about;
  const given: Readonly<Record<string, readonly string[]>> = {
    nameserver: nameservers,
    search: searchDomains,
    options: resolverOptions,
  };
  const lines = about.hostResolvConf.split("\n").filter((line) => {
    const [keyword = "", value = ""] = line.trim().split(/\s+/);
    if (keyword === "" || keyword.startsWith("#") || keyword.startsWith(";")) return false;
    // "domain" and "search" exclude each other; the last one counts (resolv.conf(5)).
    const replaced = given[keyword === "domain" ? "search" : keyword] ?? [];
    if (replaced.length > 0) return false;
    return about.hasHostNetwork || keyword !== "nameserver" || !isLoopback(value);
  });
  if (searchDomains.length > 0 && searchDomains[0] !== ".") lines.push(`search ${searchDomains.join(" ")}`);
  for (const server of nameservers) lines.push(`nameserver ${server}`);
  if (resolverOptions.length > 0) lines.push(`options ${resolverOptions.join(" ")}`);
  return lines.map((line) => `${line}\n`).join("");
}

function isLoopback(address: string): boolean {
  return /^127\./.test(address) || /^::1(%|$)/.test(address);
}

function endLine(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

/** The host's files, for {@link etcFiles}. */
export function readHostEtc(): { hostHosts: string; hostResolvConf: string } {
  return { hostHosts: readHostFile("/etc/hosts"), hostResolvConf: readHostFile("/etc/resolv.conf") };
}

function readHostFile(path: string): string {
  try {
    return readFileSync(path, "utf8").slice(0, MAX_BYTES);
  } catch {
    // A host without the file: the container has an empty one.
    return "";
  }
}

/**
 * Writes the files into a directory of the container's own, which is made; none of them may be there. Anyone in the container may read
 * them. As docker, without waiting for the disk: of a container that was made in the seconds before the power failed they may be
 * empty, and three waits would be half of the time that it takes to make one.
 */
export function writeEtcFiles(dir: string, files: EtcFiles): void {
  makeDirectories(dir, 0o711);
  for (const [name, text] of entries(files)) {
    const path = join(dir, name);
    writeFileSync(path, text, { flag: "wx", mode: 0o644 });
    // Whatever our umask: users of the container read them.
    chmodSync(path, 0o644);
  }
}

/** The mounts that lay them over the image's. */
export function etcMounts(dir: string): OciMount[] {
  return ["hosts", "hostname", "resolv.conf"].map((name) => ({
    destination: `/etc/${name}`,
    type: "bind",
    source: join(dir, name),
    options: ["rbind", "rw", "rprivate"],
  }));
}

function entries(files: EtcFiles): [name: string, text: string][] {
  return [
    ["hosts", files.hosts],
    ["hostname", files.hostname],
    ["resolv.conf", files.resolvConf],
  ];
}
