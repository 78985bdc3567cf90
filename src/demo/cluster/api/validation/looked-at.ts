import type { PersistentVolume, Service, WebhookConfiguration } from '../../store/looked-at-objects.ts';
import type { KubeObject } from '../../store/objects.ts';
import { type FieldFault, invalidValue, required, unsupported } from './field-fault.ts';

/** Of kinds that the simulator does not act on: somebody reads them. */
export function webhookFaults(object: KubeObject): FieldFault[] {
  const { webhooks = [] } = object as WebhookConfiguration;
  return webhooks.flatMap(({ name = '', clientConfig, sideEffects, admissionReviewVersions }, index) => {
    const field = `webhooks[${index}]`;
    const segments = 'should be a domain with at least three segments separated by dots';
    const { url, service } = clientConfig ?? {};
    return [
      ...(name.split('.').length < 3 ? [invalidValue(`${field}.name`, name, segments)] : []),
      ...(admissionReviewVersions?.length
        ? []
        : [required(`${field}.admissionReviewVersions`, 'must specify one of v1, v1beta1')]),
      ...sideEffectFaults(`${field}.sideEffects`, sideEffects),
      ...((url === undefined) === (service === undefined)
        ? [required(`${field}.clientConfig`, 'exactly one of url or service is required')]
        : []),
    ];
  });
}

function sideEffectFaults(field: string, given: string | undefined): FieldFault[] {
  if (given === undefined) return [required(field, 'must specify one of None, NoneOnDryRun')];
  return NO_SIDE_EFFECTS.includes(given) ? [] : [unsupported(field, given, NO_SIDE_EFFECTS)];
}

const NO_SIDE_EFFECTS: readonly string[] = ['None', 'NoneOnDryRun'];

export function serviceFaults(object: KubeObject): FieldFault[] {
  const { spec } = object as Service;
  return spec?.ports?.length || spec?.clusterIP === 'None' ? [] : [required('spec.ports')];
}

const SOURCES = ['local', 'hostPath', 'csi', 'nfs', 'fc', 'iscsi'] as const;

export function volumeFaults(object: KubeObject): FieldFault[] {
  const { spec = {} } = object as PersistentVolume;
  const sourced = SOURCES.some(source => spec[source] !== undefined);
  return [
    ...(spec.accessModes?.length ? [] : [required('spec.accessModes')]),
    ...(spec.capacity ? [] : [required('spec.capacity')]),
    ...(sourced ? [] : [required('spec', 'must specify a volume type')]),
    ...(spec.local && !spec.nodeAffinity ? [required('spec.nodeAffinity', 'Local volume requires node affinity')] : []),
  ];
}
