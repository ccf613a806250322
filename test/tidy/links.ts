import { posix } from "node:path";

const FENCED = /^(```|~~~)[^\n]*\n[\s\S]*?^\1/gm;
const blank = (code: string): string => code.replace(/[^\n]/g, " ");

/** Prose with its code blanked out, every character in its place: neither fenced blocks nor `inline code` hold links. */
const withoutCode = (text: string): string => text.replace(FENCED, blank).replace(/`[^`\n]*`/g, blank);

/** The anchor that GitHub gives a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");

const anchorsIn = (text: string): Set<string> => {
  const headings = text.replace(FENCED, blank).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm);
  const named = text.matchAll(/<a\s+(?:id|name)="([^"]+)"/g);
  return new Set([
    ...[...headings].map(([, heading = ""]) => anchorOf(heading)),
    ...[...named].map(([, id = ""]) => id),
  ]);
};

const linksIn = (text: string): { target: string; offset: number }[] => {
  const prose = withoutCode(text);
  const inline = prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g);
  const referenced = prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm);
  return [...inline, ...referenced].map((match) => ({ target: match[1] ?? "", offset: match.index }));
};

/** Links between our own pages that lead nowhere: a missing file, or a heading that is not there. */
export const brokenLinks = (
  pages: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): string[] =>
  [...pages].flatMap(([path, text]) =>
    linksIn(text).flatMap(({ target, offset }) => {
      if (/^[a-z][a-z+.-]*:/i.test(target)) return [];
      const [file = "", anchor] = target.split("#");
      const full = file === "" ? path : posix.join(posix.dirname(path), decodeURI(file)).replace(/\/$/, "");
      const where = `${path}:${text.slice(0, offset).split("\n").length}`;
      if (full.startsWith("..") || !exists(full)) return [`${where} links to ${target}, which is not there`];
      const page = pages.get(full);
      if (anchor === undefined || page === undefined || anchorsIn(page).has(anchor)) return [];
      return [`${where} links to ${target}, but there is no such heading`];
    }),
  );
