import fc from 'fast-check';
import { at, code, codeBlock, escaped, link, mrkdwn, person, sentence, since } from '../../../src/slack/mrkdwn.ts';

/** What a hostile or careless name may hold. */
const nasty = fc
  .array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('<!channel>', '<@U1>', '&', '```', '\n', '👩‍🔧')), {
    maxLength: 200,
  })
  .map(parts => parts.join(''));

describe('what comes from outside', () => {
  test('never becomes markup, keeps to one line and to its length', () => {
    fc.assert(
      fc.property(nasty, fc.integer({ min: 10, max: 500 }), (text, longest) => {
        const { text: safe } = escaped(text, longest);
        expect(safe.length).toBeLessThanOrEqual(longest);
        expect(safe).not.toMatch(/[<>\n]|```/);
        expect(safe.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
      }),
    );
  });

  test('stays whole where it fits', () => {
    expect(escaped('a <b> & c', 100).text).toBe('a &lt;b&gt; &amp; c');
    expect(escaped('abcdef', 5).text).toBe('abcd…');
  });

  test('is escaped between fixed wording, which is not', () => {
    expect(mrkdwn`*${'<!channel>'}* & ${2} ${mrkdwn`_${'>'}_`}`.text).toBe('*&lt;!channel&gt;* & 2 _&gt;_');
  });

  test('cannot end a code span or a code block', () => {
    expect(code('a`b').text).toBe("`a'b`");
    expect(codeBlock([escaped('x ``` <!here>')]).text).toBe("```\nx ''' &lt;!here&gt;\n```");
  });
});

test('people whom a sentence of ours names are mentioned, channels are not', () => {
  expect(sentence('rejected by <@U0BOB> in <!channel> & <#C1>').text).toBe(
    'rejected by <@U0BOB> in &lt;!channel&gt; &amp; &lt;#C1&gt;',
  );
});

test('only what looks like a user id becomes a mention', () => {
  expect(person('U0BOB').text).toBe('<@U0BOB>');
  expect(person('cli').text).toBe('cli');
  expect(person('U1|x> <!here').text).toBe('U1|x&gt; &lt;!here');
});

test('only a plain address becomes a link', () => {
  expect(link('https://x.slack.com/archives/C1/p1', 'here').text).toBe('<https://x.slack.com/archives/C1/p1|here>');
  expect(link('javascript:alert(1)', 'here').text).toBe('here');
});

test('times are shown in the time zone of the reader, and in UTC where that cannot be', () => {
  const ms = Date.UTC(2026, 6, 1, 12, 3, 4, 500);
  expect(at(ms).text).toBe('<!date^1782907384^{date_short_pretty}, {time}|2026-07-01 12:03 UTC>');
  expect(since(ms).text).toBe('<!date^1782907384^{time_secs} ({ago})|12:03:04 UTC>');
});
