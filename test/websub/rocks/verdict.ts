// How a test of the suite ends: passed, or failed at its first failure.

export type Step = { step: string; ok: boolean; detail: string };

export type RocksResult = {
  /** The suite's number. */
  id: number;
  name: string;
  passed: boolean;
  steps: Step[];
  /** Of the first failure: a stable word. */
  error?: string;
};

class Failure extends Error {
  readonly code: string;
  readonly step: string;

  constructor(step: string, code: string, detail: string) {
    super(detail);
    this.step = step;
    this.code = code;
  }
}

/** What a test writes its steps with. `fail` ends it. */
export type Recorder = {
  done(step: string, detail?: string): void;
  fail(step: string, code: string, detail?: string): never;
};

/** Runs a test to its first failure. Rejects only when the driver itself is at fault. */
export const judge = async (
  id: number,
  name: string,
  test: (record: Recorder) => Promise<void>,
): Promise<RocksResult> => {
  const steps: Step[] = [];
  const record: Recorder = {
    done: (step, detail = "") => void steps.push({ step, ok: true, detail }),
    fail: (step, code, detail = "") => {
      throw new Failure(step, code, detail);
    },
  };
  try {
    await test(record);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    steps.push({ step: error.step, ok: false, detail: error.message });
    return { id, name, passed: false, steps, error: error.code };
  }
  return { id, name, passed: true, steps };
};
