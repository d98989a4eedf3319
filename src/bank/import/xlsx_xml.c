/* xlsx_xml.c - one part of a workbook as a stream of XML events.
 *
 * A workbook comes from anywhere, so nothing it says about its size is believed: bytes
 * are counted as they unpack and the reading ends at the limits. Document type
 * declarations, through which XML can name other files or grow without end, are refused;
 * no real workbook has one. */
#include "bank/import/xlsx_internal.h"

#include <string.h>

#define CHUNK 65536

static const char *local_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

static void on_start(void *data, const char *name, const char **attributes)
{
    ku_xml *xml = data;
    if (xml->status == KU_OK && xml->start != NULL) xml->start(xml, local_name(name), attributes);
}

static void on_end(void *data, const char *name)
{
    ku_xml *xml = data;
    if (xml->status == KU_OK && xml->end != NULL) xml->end(xml, local_name(name));
}

static void on_text(void *data, const char *text, int length)
{
    ku_xml *xml = data;
    if (xml->status == KU_OK && xml->text != NULL) xml->text(xml, text, length);
}

static void on_doctype(void *data, const char *name, const char *system, const char *public_id,
                       int has_internal)
{
    (void)name;
    (void)system;
    (void)public_id;
    (void)has_internal;
    ku_xml_fail(data, KU_BAD_DATA,
                "the workbook holds a document type declaration, as no "
                "program that makes workbooks writes it");
}

void ku_xml_fail(ku_xml *xml, ku_status status, const char *message)
{
    if (xml->status != KU_OK) return;
    xml->status = ku_error_set(&xml->err, status, NULL, "%s", message);
    XML_StopParser(xml->parser, XML_FALSE);
}

const char *ku_xml_attribute(const char **attributes, const char *name)
{
    for (; *attributes != NULL; attributes += 2)
        if (strcmp(local_name(attributes[0]), name) == 0) return attributes[1];
    return NULL;
}

static ku_status damaged(ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, NULL, "the workbook is damaged; save it again");
}

static ku_status too_large(ku_error *err)
{
    return ku_error_set(err, KU_TOO_LARGE, NULL,
                        "the workbook unpacks to more than any real one does and is not read");
}

ku_status ku_xml_open(ku_xml *xml, zip_t *zip, const char *part, ku_error *err)
{
    zip_stat_t info;
    if (zip_stat(zip, part, 0, &info) != 0) return KU_NOT_FOUND;
    xml->size = (info.valid & ZIP_STAT_SIZE) != 0 ? info.size : 0;
    uint64_t packed = (info.valid & ZIP_STAT_COMP_SIZE) != 0 ? info.comp_size : 0;
    xml->limit = packed * KU_XLSX_RATIO;
    if (xml->limit < KU_XLSX_RATIO_FROM) xml->limit = KU_XLSX_RATIO_FROM;
    if (xml->limit > KU_XLSX_PART_BYTES) xml->limit = KU_XLSX_PART_BYTES;
    if (xml->size > xml->limit) return too_large(err);
    xml->file = zip_fopen(zip, part, 0);
    if (xml->file == NULL) return damaged(err);
    xml->parser = XML_ParserCreate(NULL);
    if (xml->parser == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, on_start, on_end);
    XML_SetCharacterDataHandler(xml->parser, on_text);
    XML_SetStartDoctypeDeclHandler(xml->parser, on_doctype);
    return KU_OK;
}

ku_status ku_xml_some(ku_xml *xml, bool *more, ku_error *err)
{
    void *buffer = XML_GetBuffer(xml->parser, CHUNK);
    if (buffer == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
    zip_int64_t got = zip_fread(xml->file, buffer, CHUNK);
    if (got < 0) return damaged(err);
    xml->unpacked += (uint64_t)got;
    if (xml->unpacked > xml->limit) return too_large(err);
    enum XML_Status result = XML_ParseBuffer(xml->parser, (int)got, got == 0);
    if (xml->status != KU_OK) {
        if (err != NULL) *err = xml->err;
        return xml->status;
    }
    if (result != XML_STATUS_OK) return damaged(err);
    *more = got > 0;
    return KU_OK;
}

void ku_xml_close(ku_xml *xml)
{
    if (xml->parser != NULL) XML_ParserFree(xml->parser);
    if (xml->file != NULL) zip_fclose(xml->file);
    xml->parser = NULL;
    xml->file = NULL;
}

ku_status ku_xml_read(ku_xml *xml, zip_t *zip, const char *part, ku_error *err)
{
    bool more = true;
    ku_status status = ku_xml_open(xml, zip, part, err);
    while (status == KU_OK && more) status = ku_xml_some(xml, &more, err);
    ku_xml_close(xml);
    return status;
}
