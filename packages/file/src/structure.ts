import type { Stats } from "node:fs";
import { join } from "node:path";
import type { ReportError } from "@class-cache/mapping";
import { ClosedError, DamagedError, StoreError } from "@class-cache/mapping";
import { areOfOne, namesIn, statsAt } from "@class-cache/mapping/disk";
import { Block } from "./block.ts";
import { blockFileName, prefixOfFile } from "./block-file.ts";
import type { Epoch } from "./epoch.ts";
import { currentEpoch } from "./epoch.ts";
import type { FileCalls } from "./file-calls.ts";
import { HASH_DIGITS, KeyHash } from "./key-hash.ts";
import { readManifest } from "./manifest.ts";
import { takeFolderFromOthers } from "./modes.ts";
import type { OpenFiles } from "./open-files.ts";
import { Segments } from "./segments.ts";

/** Pause between two looks whether the folder is still in its place: each costs 2 µs. */
const LOOK_MS = 50;

/** Bounds the search for a block that others replace each time, or that a link which leads nowhere has the name of. */
const MOST_TRIES = 1000;

/** Blocks below a prefix, by the next hexadecimal digit. */
type Branch = (Block | Branch | undefined)[];

/**
 * Which blocks a mapping has, as this process knows it. The block of a key is the one with the
 * shortest prefix of the key's hash: while a block is being split its children stand beside it, and
 * do not count until it is gone.
 */
export class Structure {
  readonly folder: string;
  readonly calls: FileCalls;
  #epoch: Epoch | undefined;
  /** Tells the epoch's folder from another in its place: an open file does not tell that its folder was moved. */
  #place: Stats | undefined;
  #lookedAt = -Infinity;
  #segments: Segments | undefined;
  readonly #blocks = new Map<string, Block>();
  #root: Block | Branch | undefined;
  /** The epoch whose folders have been taken from others. */
  #owned: Epoch | undefined;
  readonly #open: OpenFiles;
  /** The folder was looked for and not there. */
  #isAbsent = false;
  #ended = false;
  /** Prefixes of blocks that are not there. */
  readonly #missed = new Set<string>();

  constructor(calls: FileCalls, folder: string, open: OpenFiles) {
    this.calls = calls;
    this.folder = folder;
    this.#open = open;
  }

  /** Undefined while nothing is known to have been written. */
  get epoch(): Epoch | undefined {
    return this.#epoch;
  }

  /** The segments of the epoch. */
  get segments(): Segments | undefined {
    return this.#segments;
  }

  /** The block that covers a hash as far as is known; undefined: none. */
  cover(hash: KeyHash): Block | undefined {
    let node = this.#root;
    for (let depth = 0; Array.isArray(node); depth += 1) node = node[hash.digit(depth)];
    if (node !== undefined && !node.isOpen) this.#open.add(node);
    return node;
  }

  /** Goes by what stands at the path from now on: where that is another store, epoch and segments are others too. */
  look(): void {
    if (!this.#isInPlace()) this.reload();
  }

  /**
   * Sees to it that nothing is done in the place of an epoch on the strength of a lock on another.
   *
   * @throws StoreError when the epoch's folder has been moved or removed
   */
  requireInPlace(epoch: Epoch): void {
    if (epoch === this.#epoch && this.#isInPlace()) return;
    throw new StoreError(`The store in ${this.folder} was moved or removed amid its upkeep.`);
  }

  /** Takes the folders from others before this process writes to what is in them. */
  own(): void {
    this.#lookNowAndThen();
    if (this.#epoch === undefined || this.#owned === this.#epoch) return;
    for (const folder of [this.folder, this.#epoch.folder]) {
      takeFolderFromOthers(this.calls, folder);
    }
    this.#owned = this.#epoch;
  }

  /** The block that covers a hash now, with all that processes have appended to it until now. */
  find(hash: KeyHash, report: ReportError): Block | undefined {
    this.#lookNowAndThen();
    let block = this.cover(hash);
    let state = block?.refresh(report);
    let isMissing = false;
    for (let tries = 1; state !== "live"; tries += 1) {
      if (tries > MOST_TRIES) throw this.#unreachable(hash);
      // It was removed, be it by a stranger, and another file may have its name.
      if (block !== undefined && state === "gone") this.#forget(block);
      this.reload();
      const found = this.cover(hash);
      if (found === undefined) {
        if (this.#epoch === undefined) return undefined;
        // Whoever looks through a large folder, while a block in it is split, may pass over both it and its parts;
        // and blocks of an epoch go once there is another.
        const isStill = currentEpoch(this.calls, this.folder)?.folder === this.#epoch.folder;
        if (isMissing && isStill) return this.#missing(hash, report);
        isMissing = isStill;
        block = undefined;
        state = undefined;
        continue;
      }
      state = found.refresh(report);
      // A sealed block that is still in its place counts until its successor is there.
      if (state === "sealed" && found === block) return found;
      block = found;
    }
    return block;
  }

  /**
   * Every block whose keys' hashes begin with a prefix, once, in the order of their prefixes, also
   * while blocks are being split.
   */
  *walk(report: ReportError, prefix: string = ""): Iterable<Block> {
    let first: KeyHash | undefined = KeyHash.from(prefix);
    while (first?.toString().startsWith(prefix)) {
      const block = this.find(first, report);
      if (block === undefined) {
        if (this.#epoch === undefined) return;
        first = nextHash(first, this.#depth(first));
        continue;
      }
      yield block;
      first = nextHash(first, block.prefix.length);
    }
  }

  /** The prefix that a block of this hash has to have where none is. */
  missingPrefix(hash: KeyHash): string {
    return hash.toString().slice(0, this.#depth(hash));
  }

  /**
   * Looks at the folder anew.
   *
   * @throws FormatVersionError when another version of the format wrote it
   * @throws ClosedError when the store has been closed for good
   */
  reload(): void {
    if (this.#ended) throw new ClosedError(`The store in ${this.folder}`);
    // Who looks again and again before anything is written is spared making an error each time.
    if (this.#isAbsent && !isThere(this.calls, this.folder)) return;
    const epoch = currentEpoch(this.calls, this.folder);
    this.#isAbsent = epoch === undefined;
    const place = epoch && statsAt(epoch.folder, this.calls);
    this.#lookedAt = performance.now();
    if (epoch?.folder !== this.#epoch?.folder || !areOfOne(place, this.#place)) {
      this.close();
      if (epoch !== undefined) readManifest(this.calls, this.folder);
      this.#epoch = epoch;
      this.#place = place;
      this.#segments = epoch && new Segments(this.calls, epoch.folder, epoch.salt, this.#open);
    }
    const prefixes = new Set<string>();
    for (const name of epoch === undefined ? [] : namesIn(epoch.folder, this.calls)) {
      const prefix = prefixOfFile(name);
      if (prefix !== undefined) prefixes.add(prefix);
    }
    for (const [prefix, block] of this.#blocks) {
      if (!prefixes.has(prefix) || (block.isSealed && !block.isCurrent())) this.#forget(block);
    }
    this.#root = undefined;
    for (const prefix of [...prefixes].sort((a, b) => a.length - b.length)) this.#put(prefix);
  }

  close(): void {
    for (const block of this.#blocks.values()) {
      block.close();
      this.#open.delete(block);
    }
    this.#blocks.clear();
    this.#missed.clear();
    this.#root = undefined;
    this.#segments?.close();
    this.#segments = undefined;
    this.#epoch = undefined;
    this.#place = undefined;
  }

  /** Closes it for good. */
  end(): void {
    this.close();
    this.#ended = true;
  }

  /** Tells of a block that is not there, once. */
  #missing(hash: KeyHash, report: ReportError): undefined {
    const prefix = this.missingPrefix(hash);
    if (this.#missed.has(prefix)) return;
    this.#missed.add(prefix);
    const path = join(this.#epoch!.folder, blockFileName(prefix));
    report(new DamagedError(`The file ${path}, which is not there,`));
  }

  #unreachable(hash: KeyHash): StoreError {
    const path = this.cover(hash)?.path ?? this.folder;
    return new StoreError(`Cannot read ${path}: it is in its folder, and cannot be found.`);
  }

  #lookNowAndThen(): void {
    if (this.#epoch !== undefined && performance.now() - this.#lookedAt >= LOOK_MS) this.look();
  }

  #isInPlace(): boolean {
    this.#lookedAt = performance.now();
    const place = this.#epoch && statsAt(this.#epoch.folder, this.calls);
    return areOfOne(place, this.#place);
  }

  #put(prefix: string): void {
    const { folder, salt } = this.#epoch!;
    if (prefix === "") {
      this.#root = this.#blocks.get(prefix) ?? new Block(this.calls, folder, prefix, salt);
      this.#blocks.set(prefix, this.#root);
      return;
    }
    this.#root ??= [];
    let node = this.#root;
    for (let depth = 0; ; depth += 1) {
      // A shorter prefix stands: this block is the unfinished part of a split.
      if (!Array.isArray(node)) return;
      const digit = Number.parseInt(prefix[depth]!, 16);
      if (depth === prefix.length - 1) {
        const block = this.#blocks.get(prefix) ?? new Block(this.calls, folder, prefix, salt);
        this.#blocks.set(prefix, block);
        node[digit] = block;
        return;
      }
      node = node[digit] ??= [];
    }
  }

  #forget(block: Block): void {
    block.close(true);
    this.#open.delete(block);
    this.#blocks.delete(block.prefix);
    // Where the folder cannot be looked at now, it must not be found any more.
    this.#root = undefined;
  }

  /** Digits down to the block or the gap that a hash leads to. */
  #depth(hash: KeyHash): number {
    let node = this.#root;
    let depth = 0;
    for (; Array.isArray(node); depth += 1) node = node[hash.digit(depth)];
    return depth;
  }
}

function isThere(calls: FileCalls, path: string): boolean {
  try {
    return calls.statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Reading the folder will tell what is wrong.
    return true;
  }
}

/** The first hash behind all those that share so many digits with this one. */
export function nextHash(hash: KeyHash, digits: number): KeyHash | undefined {
  if (digits === 0) return undefined;
  const bits = BigInt(4 * (HASH_DIGITS - digits));
  const next = ((BigInt(`0x${hash.toString()}`) >> bits) + 1n) << bits;
  const text = next.toString(16).padStart(HASH_DIGITS, "0");
  return text.length > HASH_DIGITS ? undefined : KeyHash.from(text);
}
