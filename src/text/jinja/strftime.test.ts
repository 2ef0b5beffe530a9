import { describe, expect, test } from 'vitest';
import { formatTime } from './strftime.ts';

// What Python 3.11's strftime writes with glibc.
describe('2025-03-09 07:05:03, a Sunday', () => {
  const date = new Date(2025, 2, 9, 7, 5, 3, 42);
  test.each([
    ['%d %b %Y', '09 Mar 2025'],
    ['%-d %B %y', '9 March 25'],
    ['%A %a %w %u', 'Sunday Sun 0 7'],
    ['%H:%M:%S %I %p %f', '07:05:03 07 AM 042000'],
    ['%j %U %W %V %G', '068 10 09 10 2025'],
    ['%c|%x|%X', 'Sun Mar  9 07:05:03 2025|03/09/25|07:05:03'],
    ['%F %T %D %R %e %h %C', '2025-03-09 07:05:03 03/09/25 07:05  9 Mar 20'],
    ['%% %z%Z%n%t.', '% \n\t.'],
    ['%-m/%-H/%_d', '3/7/ 9'],
    ['%Q %', '%Q %'],
  ])('%s', (format, text) => expect(formatTime(date, format)).toBe(text));
});

test('weeks around a new year', () => {
  expect(formatTime(new Date(2024, 11, 30, 23), '%V %G %U %W %j %I %p')).toBe('01 2025 52 53 365 11 PM');
  expect(formatTime(new Date(2021, 0, 3, 0), '%V %G %U %W %j %I %p')).toBe('53 2020 01 00 003 12 AM');
});
