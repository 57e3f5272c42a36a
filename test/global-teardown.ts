/** Stops the servers of the global setup. If this never runs, they end with the process that started them. */
export default async function tearDown(): Promise<void> {
  await globalThis.serversOfTheRun?.close();
}
