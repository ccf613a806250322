// Pieces of text as the body of an answer: taken when the reader wants more, ended when it leaves.

/**
 * `first` goes out at once. `leave` is called when the reader goes away. A piece that cannot be made ends the body;
 * `onError` is told why, the reader connects again.
 */
export function bodyOf(
  first: string,
  pieces: AsyncGenerator<string, void, undefined>,
  { leave, onError }: { leave: () => void; onError: (error: unknown) => void },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let hasLeft = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(first));
      },
      async pull(controller) {
        try {
          const { done, value } = await pieces.next();
          // Nobody is there to be told: the body is closed already.
          if (hasLeft) return;
          if (done === true) controller.close();
          else controller.enqueue(encoder.encode(value));
        } catch (error) {
          onError(error);
          if (!hasLeft) controller.close();
        }
      },
      async cancel() {
        hasLeft = true;
        leave();
        await pieces.return();
      },
    },
    // Nothing is made ahead of the reader.
    { highWaterMark: 0 },
  );
}
