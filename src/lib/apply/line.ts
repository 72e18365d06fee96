/**
 * A line of a journal: CRC-32 of what follows in eight hex digits, a space, one line of JSON in ASCII, LF.
 * docs/journal-format.md describes it.
 */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 as in zlib and IEEE 802.3, of a string of characters below 256. */
export function crc32(text: string): number {
  let crc = -1;
  for (let i = 0; i < text.length; i++) {
    crc = (CRC_TABLE[(crc ^ text.charCodeAt(i)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/** `json` has to be ASCII, and on one line. */
export function line(json: string): string {
  return `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
}

/** The JSON of a line without its LF; null where it is torn. */
export function jsonOf(text: string): string | null {
  if (!/^[0-9a-f]{8} /.test(text)) return null;
  const json = text.slice(9);
  return crc32(json) === Number.parseInt(text.slice(0, 8), 16) ? json : null;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes of a name as JSON: a string where they are UTF-8, else {"hex":"…"}. */
export function bytesToJson(bytes: Buffer): string {
  if (isPlain(bytes)) return `"${bytes.toString("latin1")}"`;
  try {
    return asciiJson(UTF8.decode(bytes));
  } catch {
    return `{"hex":"${bytes.toString("hex")}"}`;
  }
}

/** JSON of a string with nothing but ASCII in it. */
export function asciiJson(text: unknown): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What {@link bytesToJson} has written. @throws Error where it is none of its forms. */
export function bytesFromJson(value: unknown): Buffer {
  if (typeof value === "string") return Buffer.from(value, "utf8");
  return hexFromJson(typeof value === "object" && value !== null && "hex" in value ? value.hex : null);
}

/** @throws Error for anything but lower-case hex of whole bytes. */
export function hexFromJson(value: unknown): Buffer {
  if (typeof value !== "string" || !/^([0-9a-f]{2})*$/.test(value)) throw new Error("no bytes");
  return Buffer.from(value, "hex");
}

/** Printable ASCII that needs no escape. */
function isPlain(bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c) return false;
  }
  return true;
}

/** @throws Error where it is none. */
export function whole(json: unknown): number {
  if (typeof json !== "number" || !Number.isSafeInteger(json) || json < 0) throw new Error("no number");
  return json;
}

/** @throws Error where it is none. */
export function text(json: unknown): string {
  if (typeof json !== "string") throw new Error("no string");
  return json;
}
