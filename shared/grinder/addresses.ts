// Addresses as tailscaled prints them.
const endpoint = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]{2,45}(?:%[\w.-]{1,32})?\]):\d{1,5}$/;
const tailnetAddress = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:.]{2,45})(?:\/\d{1,3})?$/;

/** `198.51.100.7:41641` or `[2001:db8::1]:41641`; a zone may follow an IPv6 address. */
export function isEndpoint(text: string): boolean {
  return endpoint.test(text);
}

/** `100.101.102.103` or `fd7a:115c:a1e0::1`, with the length of a prefix behind it or not. */
export function isAddress(text: string): boolean {
  return tailnetAddress.test(text);
}

/** The address of one machine, without the `/32` or `/128` behind it; a prefix of several machines keeps its length. */
export function withoutLength(address: string): string {
  return address.includes(":") ? address.replace(/\/128$/, "") : address.replace(/\/32$/, "");
}
