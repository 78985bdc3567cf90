import { z } from 'zod';
import { checkView } from './block-check.ts';
import { type Method, method, structure, text } from './method.ts';
import { SlackError } from './slack-error.ts';
import { viewJson } from './views.ts';

/** Slack also says `trigger_id` for what Block Kit calls the interactivity pointer. */
const Opening = z.looseObject({ trigger_id: text, view: structure });
const Updating = z.looseObject({
  view_id: text.optional(),
  external_id: text.optional(),
  hash: text.optional(),
  view: structure,
});

export const VIEW_METHODS: Readonly<Record<string, Method>> = {
  'views.open': method(Opening, ({ views, triggers }, args) => {
    const content = checkView(args.view);
    if (content.external_id !== undefined && views.findByExternalId(content.external_id) !== undefined) {
      throw new SlackError('duplicate_external_id');
    }
    return { view: viewJson(views.open(triggers.exchange(args.trigger_id), content)) };
  }),

  'views.push': method(Opening, ({ views, triggers }, args) => {
    const content = checkView(args.view);
    return { view: viewJson(views.push(triggers.exchange(args.trigger_id), content)) };
  }),

  'views.update': method(Updating, ({ views }, args) => {
    const content = checkView(args.view);
    const id = args.view_id ?? views.findByExternalId(args.external_id ?? '')?.id;
    if (id === undefined) throw new SlackError('not_found');
    return { view: viewJson(views.update(id, content, args.hash)) };
  }),

  'views.publish': method(z.looseObject({ user_id: text, view: structure }), ({ views, workspace }, args) => {
    if (!workspace.people.some(({ id }) => id === args.user_id)) throw new SlackError('user_not_found');
    return { view: viewJson(views.publish(args.user_id, checkView(args.view))) };
  }),
};
