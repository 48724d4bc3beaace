import { shellWord } from "../findings/finding.ts";
import type { ContainerStatus, Pod } from "../observe/objects.ts";

/** A Pod, and which of its containers is meant if it has several. */
export interface ContainerPlace {
  readonly pod: string;
  readonly container?: string;
}

export function placeOf({ metadata, status }: Pod, { name }: ContainerStatus): ContainerPlace {
  const isOnly = status.initContainerStatuses.length + status.containerStatuses.length === 1;
  return { pod: metadata.name, ...(isOnly ? {} : { container: name }) };
}

/** `POD` or `POD/CONTAINER`. */
export function placeText({ pod, container }: ContainerPlace): string {
  return container === undefined ? pod : `${pod}/${container}`;
}

/** Shows what a container said; `isPrevious` if it said that before it was started again. */
export function logsCommand(
  { pod, container }: ContainerPlace,
  namespace: string,
  isPrevious: boolean,
): string {
  const words = [
    shellWord(pod),
    ...(container === undefined ? [] : [`--container=${shellWord(container)}`]),
    `--namespace=${shellWord(namespace)}`,
    ...(isPrevious ? ["--previous"] : []),
  ];
  return `kubectl logs ${words.join(" ")}`;
}
