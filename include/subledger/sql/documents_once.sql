-- one row per document of the portion
from document_once('portion_documents');
