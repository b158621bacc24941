import { encodeSegment, personalChannel } from '../../protocol/wire/channel-name.ts';

/** The names of the clinic's channels, as they stand in the log. */
export const allCases = 'clinic_cases';
export const myCases = 'clinic_my_cases';
export const notices = 'clinic_notifications';
export const lobby = 'clinic_lobby';

export const casesOf = (workerId: string) => personalChannel(myCases, workerId);
export const noticesOf = (userId: string) => personalChannel(notices, userId);
export const caseChannel = (caseId: string) => `clinic_case:${encodeSegment(caseId)}`;
export const chatChannel = (caseId: string) => `clinic_chat:${encodeSegment(caseId)}`;
