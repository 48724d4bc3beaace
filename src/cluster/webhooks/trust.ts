/** Whether a `caBundle` has every certificate of a wanted one. What is no PEM is only found where both are the same. */
export function trustsAll(caBundle: string, wanted: string): boolean {
  const trusted = new Set(certificatesIn(caBundle));
  const needed = certificatesIn(wanted);
  return caBundle === wanted || (needed.length > 0 && needed.every((each) => trusted.has(each)));
}

/** Each without line breaks, which everybody sets as they like. */
function certificatesIn(caBundle: string): readonly string[] {
  const pem = Buffer.from(caBundle, "base64").toString("latin1").replaceAll(/\s/g, "");
  return pem.match(/-----BEGINCERTIFICATE-----[^-]+-----ENDCERTIFICATE-----/g) ?? [];
}
