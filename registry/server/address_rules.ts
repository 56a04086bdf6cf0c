/** Which texts are addresses that an endpoint may have (Kubernetes: ValidateEndpointIP). */

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const LOOSE_IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** Looks like IPv4, leading zeros allowed. */
export function looksLikeIpv4(text: string): boolean {
  return LOOSE_IPV4.test(text) && text.split(".").every((octet) => Number(octet) < 256);
}

export function isIpv6(text: string): boolean {
  if (!text.includes(":") || text.includes("%")) return false;
  try {
    return new URL(`http://[${text}]/`).hostname.length > 0;
  } catch {
    // Not an address: the URL parser is the web platform's only one.
    return false;
  }
}

/** Why traffic may not be sent there, or the empty string. */
export function specialAddress(text: string): string {
  const lower = text.toLowerCase();
  if (looksLikeIpv4(text) && !IPV4.test(text)) return "must not have leading 0s";
  if (text === "0.0.0.0" || lower === "::") return `may not be unspecified (${text})`;
  if (text.startsWith("127.") || lower === "::1") return "may not be in the loopback range (127.0.0.0/8, ::1/128)";
  if (text.startsWith("169.254.") || /^fe[89ab][0-9a-f]:/.test(lower)) {
    return "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
  }
  if (text.startsWith("224.0.0.") || lower.startsWith("ff02:")) {
    return "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
  }
  return "";
}
