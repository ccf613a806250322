// What each exit code means, said once: the help shows this very list.
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  database: 5,
  interrupted: 130,
} as const;

export const EXIT_CODES_HELP = `Exit codes:
  0    done
  1    an error of another kind
  2    bad usage or bad input
  3    not found
  4    conflict: the id is taken, the status does not allow it, the data is in use
  5    the database or the API cannot be reached, refuses, or lacks its tables
  130  ended at once by a second Ctrl-C`;
