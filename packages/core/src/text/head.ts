/** The first `bytesMax` bytes of a text, cut between characters. */
export function headOf(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text;
  const bytes = Buffer.from(text).subarray(0, bytesMax);
  const cut = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes, { stream: true });
  return cut;
}

/** As many headers as fit into `bytesMax` bytes, in their order. */
export function headOfHeaders(headers: Record<string, string>, bytesMax: number): Record<string, string> {
  const kept: [string, string][] = [];
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    bytes += name.length + Buffer.byteLength(value);
    if (bytes > bytesMax) break;
    kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}
