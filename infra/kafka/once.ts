/** What `action` changes is changed by the first call, and left alone by later ones: a patch of kafkajs does not wrap itself. */
export function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}
