import fc from 'fast-check';

/** The same cases every time: a red run can be repeated, and a green one means the same as the last. */
fc.configureGlobal({ seed: 1_615_787_130 });
