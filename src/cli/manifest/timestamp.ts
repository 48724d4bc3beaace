const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+]\d{2}:\d{2})| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)$/;

/** Whether a text is one of the four forms that goyaml accepts behind `!!timestamp`. The value stays text. */
export function isTimestamp(text: string): boolean {
  const [, year, month, day, ...time] = DATE.exec(text) ?? TIME.exec(text) ?? [];
  if (year === undefined) return false;
  const [hour = 0, minute = 0, second = 0] = time.filter((part) => part !== undefined).map(Number);
  return isDay(Number(year), Number(month), Number(day)) && hour < 24 && minute < 60 && second < 60;
}

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
