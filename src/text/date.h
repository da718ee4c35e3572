/* The words of dates, for date.c. Words come in lower case, UTF-8. */
#ifndef TEXT_DATE_H
#define TEXT_DATE_H

#include "wrap/text.h"

/* 1 to 12, or 0 when the word begins no month's name. */
int date_month(struct span word);
/* Is the word also the name of a weekday somewhere ("mar" is March and martes)? */
bool date_maybe_weekday(struct span word);
/* A zone's abbreviation: minutes east of Greenwich. */
bool date_zone(struct span word, int *minutes);
enum date_summer { SUMMER_NONE, SUMMER_EU, SUMMER_US, SUMMER_SOUTH, SUMMER_NZ };
/* A name of the tz database: minutes in winter, and when it has summer time. */
bool date_place(struct span word, int *minutes, enum date_summer *summer);

#endif
