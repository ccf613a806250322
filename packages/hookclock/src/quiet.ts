/** What a listener throws is its own affair: nobody's work may suffer for it. */
export function quiet<Told>(listen: (told: Told) => void): (told: Told) => void {
  return (told) => {
    try {
      const answer: unknown = listen(told);
      if (answer instanceof Promise) answer.catch(() => {});
    } catch {
      // As said above.
    }
  };
}
