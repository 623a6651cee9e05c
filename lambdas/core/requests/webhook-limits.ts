/** The limits of what clients may send about webhooks, with their units in their names. */

/** The length of an endpoint's URL; the parameters of its GETs, and the length of each one's template. */
export const webhookUrlLengthMax = 2_048;
export const urlParamsMax = 30;
export const urlTemplateLengthMax = 500;
export const eventTypeLengthMax = 100;
