// Reads of single documents, put together. Of the deliveries under way at one moment each wants a row of its own, and one
// request for many rows costs a process hardly more than one for one.
import type { Document, DocumentKey, DocumentStore } from "@hookclock/engine";

type Found = (Document | null)[];
type Question = {
  keys: readonly DocumentKey[];
  resolve: (found: Found) => void;
  reject: (error: unknown) => void;
};

/** As many as one request to the database may name. */
const KEYS_MAX = 100;

/**
 * What is asked for while a request is under way goes out together with the next one: nothing waits for a timer, and no
 * answer is older than its question.
 */
export function gatherReads(
  documents: Pick<DocumentStore, "getMany">,
  now: () => number,
): (keys: readonly DocumentKey[]) => Promise<Found> {
  let waiting: Question[] = [];
  let isUnderWay = false;

  const answer = async (questions: readonly Question[]): Promise<void> => {
    try {
      const found = await documents.getMany(
        questions.flatMap(({ keys }) => keys),
        now(),
      );
      let from = 0;
      for (const { keys, resolve } of questions) {
        resolve(found.slice(from, from + keys.length));
        from += keys.length;
      }
    } catch (error) {
      for (const { reject } of questions) reject(error);
    }
  };

  const work = async (): Promise<void> => {
    isUnderWay = true;
    while (waiting.length > 0) {
      const count = fitting(waiting);
      const questions = waiting.slice(0, count);
      waiting = waiting.slice(count);
      await answer(questions);
    }
    isUnderWay = false;
  };

  return (keys) =>
    new Promise((resolve, reject) => {
      waiting.push({ keys, resolve, reject });
      if (!isUnderWay) void work();
    });
}

/** How many of the questions go into one request: one at least. */
function fitting(questions: readonly Question[]): number {
  let keys = 0;
  const end = questions.findIndex((question, index) => {
    keys += question.keys.length;
    return index > 0 && keys > KEYS_MAX;
  });
  return end === -1 ? questions.length : end;
}
