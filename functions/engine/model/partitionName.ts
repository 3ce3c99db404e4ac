/** A partition as people name it: `branches/2053`, and the resource alone where that has but one. */
export function partitionName({
  resource,
  partition = '',
}: {
  readonly resource: string;
  readonly partition?: string;
}): string {
  return partition === '' ? resource : `${resource}/${partition}`;
}
