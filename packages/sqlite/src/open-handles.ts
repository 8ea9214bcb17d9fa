import type { MappingSettings, ReportError } from "@class-cache/mapping";

/** The settings of the open handles of this process, by the file and the mapping's id. */
const handles = new Map<string, Set<WeakRef<MappingSettings>>>();

/** Of handles that nobody has any more, though they were never closed. */
const gone = new FinalizationRegistry<() => void>((leave) => leave());

/**
 * Has a handle that is being opened told of damage to its mapping that others find, as long as it is there.
 *
 * @returns what ends that
 */
export function addHandle(path: string, id: string, settings: MappingSettings): () => void {
  const place = placeOf(path, id);
  const refs = handles.get(place) ?? new Set<WeakRef<MappingSettings>>();
  handles.set(place, refs);
  const ref = new WeakRef(settings);
  const leave = (): void => {
    refs.delete(ref);
    if (refs.size === 0 && handles.get(place) === refs) handles.delete(place);
  };
  refs.add(ref);
  gone.register(settings, leave, ref);
  return () => {
    gone.unregister(ref);
    leave();
  };
}

/** Who is to be told of damage to a mapping. */
export function reportsOf(path: string, id: string): ReportError[] {
  return Array.from(handles.get(placeOf(path, id)) ?? [])
    .map((ref) => ref.deref())
    .filter((settings) => settings?.lifetime.ended === false)
    .map((settings) => settings!.onError);
}

/** No path has a null byte. */
function placeOf(path: string, id: string): string {
  return `${path}\0${id}`;
}
