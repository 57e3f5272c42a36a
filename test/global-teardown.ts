/** Ends what the global setup started. If this never runs, the servers end with the process that started them. */
export default async function tearDown(): Promise<void> {
  await globalThis.serversOfTheRun?.close();
}
