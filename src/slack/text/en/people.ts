/** Why somebody may neither ask nor decide, said to them. */
export const outsiders = {
  unknown: 'Slack does not know who you are, so you may not use Capstan.',
  deactivated: 'Your Slack account is deactivated, so you may not use Capstan.',
  bot: 'Bots may not use Capstan. A person of this workspace has to.',
  guest: 'Guests may not use Capstan. Ask a full member of this workspace.',
  stranger: 'You belong to another Slack workspace, so you may not use Capstan here.',
} as const;
