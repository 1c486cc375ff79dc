type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Only what was said: an optional field that is undefined is no field. */
export function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>
}
