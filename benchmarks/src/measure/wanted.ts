/** Tells from its label whether something is to be measured. */
export type Wanted = (label: string) => boolean;
