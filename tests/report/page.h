/* What can be checked about an HTML page without a browser.  Every function fails the running cmocka test with a reason. */
#ifndef TEST_PAGE_H
#define TEST_PAGE_H

/** Every element that is opened is closed, in order; attributes are quoted; & begins a character reference. */
void page_check_balance(const char *html);

/** Nothing is loaded from elsewhere, and nothing is executed. */
void page_check_self_contained(const char *html);

/** Every table has a row in its body, and in every row as many cells as in its head. */
void page_check_tables(const char *html);

/** Every id occurs once, and every reference to an id finds it.  @return the number of ids */
int page_check_ids(const char *html);

/** One h1, at the top; no level of headings is left out on the way down. */
void page_check_headings(const char *html);

/** Every picture has words; every table and every preformatted text stands in a box that scrolls and that the keyboard
 *  reaches; no column is without a name. */
void page_check_access(const char *html);

/** Every colour of a plot has a counterpart for dark pages. */
void page_check_colours(const char *html);

#endif
