/** The order of what is accepted: by the millisecond, and by the id among those of one. As texts places compare in that order. */
import type { Instant } from './time.ts';

export type Place = string;

const digits = 14;
export const placeOf = (at: Instant, id: string): Place =>
  `${String(at).padStart(digits, '0')}#${id}`;
export const timeOfPlace = (place: Place): Instant => Number(place.slice(0, digits)) as Instant;

/** Behind whatever was accepted up to that time, and before what was accepted later. */
export const behindAllOf = (at: Instant): Place => placeOf((at + 1) as Instant, '');
/** Before this place, and behind every earlier one that does not begin like it. */
export const rightBefore = (place: Place): Place => place.slice(0, -1);
