// What happened to one token, in order, and waiting for what comes next without asking again and again.

export type Trail<Event> = {
  add(event: Event): void;
  /** All of it so far. */
  readonly events: readonly Event[];
  /** Where the trail stands: what is added from here on is new. */
  mark(): number;
  /** The first event of the kind from the mark on; null when `giveUp` comes before it. */
  next<Kept extends Event>(
    isKind: (event: Event) => event is Kept,
    from: number,
    giveUp: Promise<unknown>,
  ): Promise<Kept | null>;
};

export const createTrail = <Event>(): Trail<Event> => {
  const events: Event[] = [];
  const listeners = new Set<() => void>();
  return {
    events,
    add: (event) => {
      events.push(event);
      for (const listener of listeners) listener();
    },
    mark: () => events.length,
    next: async (isKind, from, giveUp) => {
      const find = () => events.slice(from).find(isKind);
      const already = find();
      if (already !== undefined) return already;
      return new Promise((resolve) => {
        const finish = () => {
          listeners.delete(look);
          resolve(find() ?? null);
        };
        const look = () => {
          if (find() !== undefined) finish();
        };
        listeners.add(look);
        giveUp.then(finish, finish);
      });
    },
  };
};

/** Resolves after `ms`, and keeps no process alive for it. */
export const afterMs = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
