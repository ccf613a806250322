/** What a trigger, or a worker so far, has done. */
export type Tally = {
  /** Attempts made and recorded, whatever they came to. */
  processed: number;
  /** Our own faults: a task that could not be read, run or recorded. Never a receiver's failure. */
  errors: number;
  /** Attempts that succeeded. */
  succeeded: number;
  /** Attempts that failed. */
  failed: number;
  /** Attempts whose task had been taken by another worker when they ended. */
  lost: number;
};

export const newTally = (): Tally => ({ processed: 0, errors: 0, succeeded: 0, failed: 0, lost: 0 });
