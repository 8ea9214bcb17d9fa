import { Serializer } from "node:v8";
import { UnstorableError } from "../errors.ts";
import { pathOf } from "../value-path.ts";
import type { Looked } from "./looked.ts";
import { type Region, sharedMemory } from "./shared-memory.ts";
import { type ConvertedStandIn, hostMark, type StandIn } from "./stand-in.ts";
import { bytesOf, viewNumber } from "./view.ts";

/**
 * Writes a graph of objects with V8's serializer. First come the data of converted instances, each
 * after those that it holds, then the root. After each comes what belongs to the stand-ins that were
 * met for the first time in it.
 */
export class GraphWriter extends Serializer {
  readonly #looked: Looked;
  readonly #regions: ReadonlyMap<object, Region>;
  #unfilled: object[] = [];

  constructor(looked: Looked) {
    super();
    this.#looked = looked;
    this.#regions = sharedMemory(looked.views, looked.buffers);
    (this as unknown as HostViews)._setTreatArrayBufferViewsAsHostObjects(true);
  }

  /** @param head what comes before the graph */
  write(head: Uint8Array): Uint8Array {
    this.writeRawBytes(head);
    this.writeHeader();
    this.writeUint32(this.#looked.converted.length);
    for (const [number, standIn] of this.#looked.converted.entries()) {
      this.writeValue(standIn.of.id);
      this.#writeWhole(standIn.data);
      standIn.number = number;
    }
    this.#writeWhole(this.#looked.root);
    return this.releaseBuffer();
  }

  #writeWhole(graph: unknown): void {
    this.writeValue(graph);
    for (const parts of this.#unfilled) this.writeValue(parts);
    this.#unfilled = [];
  }

  /** Called by V8 for every view of memory, the ones that stand for other objects among them. */
  _writeHostObject(view: ArrayBufferView): void {
    const standIn = this.#looked.standIns.get(view);
    if (standIn !== undefined) return this.#writeStandIn(standIn);
    const region = this.#regions.get(view);
    this.writeUint32(region === undefined ? hostMark.view : hostMark.sharedView);
    this.writeUint32(viewNumber(view));
    this.writeDouble(view.byteLength);
    if (region === undefined) {
      this.writeRawBytes(bytesOf(view));
    } else {
      this.writeDouble(region.byteOffset);
      this.writeValue(region.memory);
    }
  }

  #writeStandIn(standIn: StandIn): void {
    switch (standIn.kind) {
      case "url":
        this.writeUint32(hostMark.url);
        this.writeValue(standIn.href);
        return;
      case "regexp":
        this.writeUint32(hostMark.regexp);
        this.writeValue(standIn.source);
        this.writeValue(standIn.flags);
        this.writeDouble(standIn.lastIndex);
        return;
      case "bare":
        this.writeUint32(hostMark.bare);
        break;
      case "error":
        this.writeUint32(typeof standIn.of === "string" ? hostMark.error : hostMark.errorOfClass);
        this.writeValue(typeof standIn.of === "string" ? standIn.of : standIn.of.id);
        break;
      case "instance":
        this.writeUint32(hostMark.instance);
        this.writeValue(standIn.of.id);
        break;
      case "converted":
        return this.#writeConverted(standIn);
    }
    this.#unfilled.push(standIn.parts);
  }

  #writeConverted(standIn: ConvertedStandIn): void {
    if (standIn.number === undefined) throw this.#cycleThroughData(standIn);
    this.writeUint32(hostMark.converted);
    this.writeUint32(standIn.number);
  }

  /** The data of an instance leads to the instance itself, which `fromData` has yet to make. */
  #cycleThroughData({ of, trail }: ConvertedStandIn): UnstorableError {
    return new UnstorableError(
      pathOf("value", trail),
      `an instance of ${of.id} whose toData leads back to it`,
      "Leave the way back out of what toData gives.",
      this.#looked.value,
    );
  }
}

interface HostViews {
  _setTreatArrayBufferViewsAsHostObjects(treat: boolean): void;
}
