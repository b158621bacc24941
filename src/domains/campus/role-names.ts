/** The roles in an organisation. Each may do what those before it may. */
export const organizationRoles = ['reporter', 'staff', 'admin'] as const;
export type OrganizationRole = (typeof organizationRoles)[number];
