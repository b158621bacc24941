/**
 * The settings of a session on which the texts of values depend. An administrator may have set each otherwise for the
 * database or the role, and the drivers read dates, numbers and bytes as these settings write them.
 */
const settings = {
  datestyle: 'ISO',
  timezone: 'UTC',
  intervalstyle: 'iso_8601',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
};

/** The settings as a startup parameter, which holds for every statement of a connection. */
export const startupSettings = {
  options: Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' '),
};

/** The settings as statements at the beginning of a transaction, which hold behind a pooler too. */
export const localSettings = Object.entries(settings)
  .map(([name, value]) => `set local ${name} = '${value}'`)
  .join('; ');
