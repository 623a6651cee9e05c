/** Something that was measured. Its name is one of a fixed set, because every name is a metric that is paid for and looked at. */
export type Measure = {
  name: string;
  unit: 'Count' | 'Milliseconds' | 'Seconds' | 'None';
  value: number;
};

export const count = (name: string, value: number): Measure => ({ name, unit: 'Count', value });
