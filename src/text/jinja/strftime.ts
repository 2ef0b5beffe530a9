const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const DAY_MS = 86_400_000;

/**
 * What C's `strftime` writes with English names, in the time zone of the process. `%-d` and its like leave out the zeros, `%_d`
 * puts blanks there; directives that there are none of stay as they are.
 */
export function formatTime(date: Date, format: string): string {
  return format.replace(/%([-_]?)([a-zA-Z%])/g, (whole, flag: string, directive: string) => {
    const written = write(date, directive);
    if (written === undefined) return whole;
    if (flag === '-') return written.replace(/^[0 ]+(?=\d)/, '');
    return flag === '_' ? written.replace(/^0+(?=\d)/, (zeros) => ' '.repeat(zeros.length)) : written;
  });
}

function write(date: Date, directive: string): string | undefined {
  const day = date.getDay();
  const month = date.getMonth();
  const hours = date.getHours();
  const dayOfYear = Math.round((utcDay(date) - Date.UTC(date.getFullYear(), 0, 1)) / DAY_MS);
  const all = (format: string): string => formatTime(date, format);
  switch (directive) {
    case '%':
      return '%';
    case 'a':
      return DAYS[day].slice(0, 3);
    case 'A':
      return DAYS[day];
    case 'b':
    case 'h':
      return MONTHS[month].slice(0, 3);
    case 'B':
      return MONTHS[month];
    case 'c':
      return all('%a %b %e %H:%M:%S %Y');
    case 'C':
      return padded(Math.floor(date.getFullYear() / 100));
    case 'd':
      return padded(date.getDate());
    case 'D':
    case 'x':
      return all('%m/%d/%y');
    case 'e':
      return padded(date.getDate(), 2, ' ');
    case 'f':
      return padded(date.getMilliseconds() * 1000, 6);
    case 'F':
      return all('%Y-%m-%d');
    case 'G':
      return String(isoWeek(date).year);
    case 'H':
      return padded(hours);
    case 'I':
      return padded(hours % 12 === 0 ? 12 : hours % 12);
    case 'j':
      return padded(dayOfYear + 1, 3);
    case 'm':
      return padded(month + 1);
    case 'M':
      return padded(date.getMinutes());
    case 'n':
      return '\n';
    case 'p':
      return hours < 12 ? 'AM' : 'PM';
    case 'R':
      return all('%H:%M');
    case 's':
      return String(Math.floor(date.getTime() / 1000));
    case 'S':
      return padded(date.getSeconds());
    case 't':
      return '\t';
    case 'T':
    case 'X':
      return all('%H:%M:%S');
    case 'u':
      return String(day === 0 ? 7 : day);
    case 'U':
      return padded(Math.floor((dayOfYear + 7 - day) / 7));
    case 'V':
      return padded(isoWeek(date).week);
    case 'w':
      return String(day);
    case 'W':
      return padded(Math.floor((dayOfYear + 7 - ((day + 6) % 7)) / 7));
    case 'y':
      return padded(date.getFullYear() % 100);
    case 'Y':
      return String(date.getFullYear());
    // A time without a zone, as Python's `datetime.now()` gives it.
    case 'z':
    case 'Z':
      return '';
  }
  return undefined;
}

function padded(n: number, width = 2, fill = '0'): string {
  return String(n).padStart(width, fill);
}

/** Midnight of the date's day as if it were in UTC, so that days have equal lengths; milliseconds. */
function utcDay(date: Date): number {
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
}

/** The week that has the date's Thursday, and the year that Thursday is in. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(utcDay(date) + (3 - ((date.getDay() + 6) % 7)) * DAY_MS);
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1 };
}
