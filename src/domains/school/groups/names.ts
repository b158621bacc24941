/** The engine's channel of a group channel. */
export const groupPattern = 'school_channel:{channelId}';
export const groupChannel = (channelId: string) => `school_channel:${channelId}`;
export const isGroupChannel = (channel: string) => channel.startsWith('school_channel:');
