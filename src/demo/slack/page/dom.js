/**
 * Makes an element. Text goes in as text and never as HTML, so nothing that a message says can become markup.
 * `on*` properties become listeners; undefined, null and false are left out.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Number.POSITIVE_INFINITY).filter(child => child !== undefined && child !== null));
  return element;
}

/** A deed through the control API. Throws the sentence with which it was refused. */
export async function post(deed, body) {
  const response = await fetch(`/sim/${deed}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}
