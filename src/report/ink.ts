/** The few ways in which text is set apart; SGR codes that every terminal has, light and dark. */
const SGR = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

export type Ink = (color: keyof typeof SGR, text: string) => string;

/** With `color` false text stays as it is. */
export function ink(color: boolean): Ink {
  return color ? (name, text) => `\u001b[${SGR[name]}m${text}\u001b[0m` : (_name, text) => text;
}
