import { inFreshProcess } from "../measure/fresh-process.ts";
import type { Wanted } from "../measure/wanted.ts";
import { payloads } from "../stores/payload.ts";
import type { Profile, ProfileOptions } from "./profile.ts";

const STORES = ["fileBlocks()", "append log", "sqlite()", "level(), owner"];
const OPERATIONS = ["get", "set", "setMany"];

export async function measureProfiles(isWanted: Wanted): Promise<Profile[]> {
  const profiles: Profile[] = [];
  for (const store of STORES) {
    for (const operation of OPERATIONS) {
      for (const { label: payload } of payloads) {
        const options: ProfileOptions = { store, payload, operation };
        if (!isWanted(`${store} ${operation} ${payload}`)) continue;
        const module = new URL("profile.ts", import.meta.url);
        profiles.push(await inFreshProcess<Profile>(module, options));
      }
    }
  }
  return profiles;
}
